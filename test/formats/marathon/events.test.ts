import { describe, expect, it } from 'vitest';
import * as events from '../../../src/formats/marathon/events.js';
import { T0, T1 } from '../../model/fixtures.js';

const instance = {
  id: 'a.instance-1._app.3',
  app: '/a',
  version: T0,
  state: 'killed',
  host: '10.0.0.1',
  ports: [1],
  healthy: null,
} as const;
const told = { ...instance, ports: [1] };
const deployment = {
  id: 'd',
  version: T0,
  steps: [{ actions: [{ action: 'StartApplication', app: '/a', reason: 'new' }] }],
};

describe('events', () => {
  it('of an instance', () => {
    expect(events.statusUpdateEvent(told, T1, 'bye')).toEqual({
      eventType: 'status_update_event',
      timestamp: T1,
      slaveId: '10.0.0.1',
      taskId: 'a.instance-1._app.3',
      taskStatus: 'TASK_KILLED',
      message: 'bye',
      appId: '/a',
      host: '10.0.0.1',
      ipAddresses: [{ ipAddress: '10.0.0.1', protocol: 'IPv4' }],
      ports: [1],
      version: T0,
    });
    expect(events.instanceChangedEvent(told, T1)).toMatchObject({
      instanceId: 'a.instance-1',
      condition: 'Killed',
      runSpecId: '/a',
    });
    expect(events.instanceHealthChangedEvent(told, T1)).toMatchObject({ healthy: null, runSpecVersion: T0 });
    expect(events.healthStatusChangedEvent(told, false, T1)).toMatchObject({ appId: '/a', alive: false });
  });

  it('of a deployment tell the plan in Marathon words only, with the objects that its client needs', () => {
    const plan = {
      id: 'd',
      version: T0,
      steps: [{ actions: [{ action: 'StartApplication', app: '/a' }] }],
      original: {},
      target: {},
    };
    expect(events.deploymentInfoEvent(deployment, 1, T1)).toEqual({
      eventType: 'deployment_info',
      timestamp: T1,
      plan,
      currentStep: { actions: [{ action: 'StartApplication', app: '/a' }] },
    });
    expect(events.deploymentSuccessEvent(deployment, T1)).toEqual({
      eventType: 'deployment_success',
      timestamp: T1,
      id: 'd',
      plan,
    });
    expect(events.deploymentFailedEvent(deployment, 'why', T1)).toMatchObject({
      id: 'd',
      reason: 'why',
      plan,
    });
  });

  it('row 68: light ones have neither', () => {
    const light = events.lightEvent(events.deploymentSuccessEvent(deployment, T1));
    expect(Object.keys(light.plan as object).sort()).toEqual(['id', 'steps', 'version']);
    const other = events.appTerminatedEvent('/a', T1);
    expect(events.lightEvent(other)).toBe(other);
  });
});
