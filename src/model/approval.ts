/** Who has to agree before something begins. */
export interface ApprovalOptions {
  required: number;
  /** Names, or roles. */
  from: string[];
  expiresSeconds?: number;
}
