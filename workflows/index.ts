export { lifecycle } from './lifecycle/lifecycle.js';
export { monitor, scheduledRetrain } from './monitor.js';
export { notify } from './notify.js';
export { retrain } from './retrain/retrain.js';
export { rollout } from './rollout/rollout.js';
