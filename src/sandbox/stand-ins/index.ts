export { offerStandIns, standInsIn } from './offer.js';
export { rewriteFor } from './rewrite.js';
export { isEmbedded, standIn, standInRoles } from './stand-in.js';
