/** Why a command does not apply now; `stale` where `expect` names another step or batch than the present one. */
export interface Refusal {
  code: 'not_applicable' | 'stale' | 'invalid' | 'forbidden' | 'reason_required';
  message: string;
}
