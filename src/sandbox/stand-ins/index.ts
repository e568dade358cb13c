export { offerStandIns, standInsIn } from './offer.js';
export { rewriteFor } from './rewrite.js';
