import { startEmbedded } from './service/embedded.js';
import { serve } from './service/serve.js';

await serve('Slipway', startEmbedded);
