export { offerStandIns, standInsIn } from './offer.js';
export { rewriteFor } from './rewrite.js';
export { standIn } from './stand-in.js';
