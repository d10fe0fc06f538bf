import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '10s' });

/** As many activities, one after another, as a deployment would have: what Temporal itself costs. */
export async function floor(activities: number): Promise<void> {
  for (let i = 0; i < activities; i++) await nothing();
}
