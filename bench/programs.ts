/** An app that does nothing, for as long as it is wanted. */
export function sleeper(id: string) {
  return { id, cmd: 'exec sleep 100000', cpus: 0.01, mem: 1, portDefinitions: [] };
}
