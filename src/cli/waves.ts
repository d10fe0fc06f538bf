import type { Wave, WaveGate } from '../model/wave.js';
import { usageError } from './exit.js';
import { namesOf } from './names.js';
import { secondsOf } from './times.js';

const APPROVE = /^approve=(?:(\d+)\/)?(.+)$/;

/**
 * A wave of `--wave`: `test`, `staging:10m` (so long after the wave before), `production:manual`, or
 * `production:approve=2/eva,olga,ben` (two of them; one without a number). Throws CliError (usage).
 */
export function waveOf(text: string): Wave {
  const [environment = '', ...rest] = text.split(':');
  if (environment === '') throw usageError(`--wave is "${text}"; it must begin with an environment.`);
  return rest.length === 0 ? { environment } : { environment, gate: gateOf(rest.join(':')) };
}

function gateOf(text: string): WaveGate {
  if (text === 'manual') return 'manual';
  const [, required = '1', names] = APPROVE.exec(text) ?? [];
  if (names !== undefined) return { approval: { required: Number(required), from: namesOf(names) } };
  return { soakSeconds: secondsOf('the gate of --wave', text) };
}
