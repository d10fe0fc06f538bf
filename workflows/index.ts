export { deployment } from './deployment.js';
