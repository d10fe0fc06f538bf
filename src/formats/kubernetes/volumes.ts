import type { Fields } from '../reading/fields.js';
import type { VolumeInput } from '../reading/ports.js';
import { MIB, quantityIn } from './quantities.js';
import { CLAIM, METADATA } from './reasons.js';

/** A volume that each instance has for itself. */
interface Claim {
  /** MiB. */
  size: number;
  /** Where it is claimed. */
  path: string;
}

/** By name. */
export type Claims = ReadonlyMap<string, Claim>;

export const NO_CLAIMS: Claims = new Map();

/** `volumeClaimTemplates` of a StatefulSet. */
export function claims(spec: Fields): Claims {
  return new Map(spec.objects('volumeClaimTemplates').map(claim));
}

function claim(template: Fields): [name: string, claim: Claim] {
  const metadata = template.object('metadata');
  const name = metadata?.text('name');
  const spec = template.object('spec');
  const resources = spec?.object('resources');
  const requests = resources?.object('requests');
  const size = quantityIn(requests, 'storage') ?? 0;
  if (!name) template.refuse('metadata/name', 'is missing');
  for (const each of ['kind', 'apiVersion', 'status']) template.any(each);
  if (JSON.stringify(spec?.any('accessModes') ?? [EACH_ITS_OWN]) !== JSON.stringify([EACH_ITS_OWN]))
    spec?.leave('accessModes', CLAIM.accessModes ?? '');
  metadata?.rest(METADATA);
  requests?.rest();
  resources?.rest({ limits: 'the request is taken' });
  spec?.rest(CLAIM);
  template.rest();
  return [name ?? '', { size: size / MIB, path: template.path }];
}

/** The access mode of a volume that one pod uses. */
export const EACH_ITS_OWN = 'ReadWriteOnce';

/** Folders of the host and claims that the container mounts; every other volume is listed, with its mounts. */
export function mounts(spec: Fields, container: Fields, claimed: Claims): VolumeInput[] {
  const folders = new Map<string, string>();
  for (const volume of spec.objects('volumes')) {
    const path = hostFolder(volume);
    if (path !== undefined) folders.set(volume.text('name') ?? '', path);
  }
  const unused = new Map(claimed);
  const found = container.objects('volumeMounts').flatMap((mount) => {
    const name = mount.text('name') ?? '';
    unused.delete(name);
    const containerPath = mount.text('mountPath');
    const mode = mount.flag('readOnly') ? ('RO' as const) : ('RW' as const);
    const hostPath = folders.get(name);
    if (!containerPath) mount.refuse('mountPath', 'is missing');
    const size = claimed.get(name)?.size;
    if (!containerPath || (hostPath === undefined && size === undefined)) {
      mount.notes.leave(mount.path, `the volume ${JSON.stringify(name)} is not a folder of the host`);
      return [];
    }
    mount.rest({
      subPath: 'the whole folder is mounted',
      subPathExpr: 'the whole folder is mounted',
      mountPropagation: 'mounts are private',
    });
    const what = hostPath === undefined ? { persistent: { size: size ?? 0 } } : { hostPath };
    return [{ containerPath, ...what, mode }];
  });
  for (const { path } of unused.values()) spec.notes.leave(path, 'the container does not mount it');
  return found;
}

function hostFolder(volume: Fields): string | undefined {
  volume.text('name');
  const folder = volume.object('hostPath');
  const path = folder?.text('path');
  if (!folder || !path) {
    const kind = Object.keys(volume.value).find((each) => each !== 'name') ?? 'emptyDir';
    volume.notes.leave(
      volume.path,
      `a volume from ${kind} has no counterpart; folders of the host (hostPath) have`,
    );
    return undefined;
  }
  folder.rest({ type: 'a folder that is not there is made' });
  volume.rest();
  return path;
}
