import type { Fields } from '../reading/fields.js';
import type { VolumeInput } from '../reading/ports.js';

/** Folders of the host that the container mounts; every other volume is listed, with its mounts. */
export function mounts(spec: Fields, container: Fields): VolumeInput[] {
  const folders = new Map<string, string>();
  for (const volume of spec.objects('volumes')) {
    const path = hostFolder(volume);
    if (path !== undefined) folders.set(volume.text('name') ?? '', path);
  }
  return container.objects('volumeMounts').flatMap((mount) => {
    const name = mount.text('name') ?? '';
    const containerPath = mount.text('mountPath');
    const mode = mount.flag('readOnly') ? ('RO' as const) : ('RW' as const);
    const hostPath = folders.get(name);
    if (!containerPath) mount.refuse('mountPath', 'is missing');
    if (!containerPath || hostPath === undefined) {
      mount.notes.leave(mount.path, `the volume ${JSON.stringify(name)} is not a folder of the host`);
      return [];
    }
    mount.rest({
      subPath: 'the whole folder is mounted',
      subPathExpr: 'the whole folder is mounted',
      mountPropagation: 'mounts are private',
    });
    return [{ containerPath, hostPath, mode }];
  });
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
