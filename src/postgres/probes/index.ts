export { planProbes } from './plan.js';
export { readProbeSchema } from './read-schema.js';
export { runProbe } from './run.js';
export type { ProbeSchema } from './schema.js';
export type { PlannedProbe, ProbeOutcome } from './types.js';
