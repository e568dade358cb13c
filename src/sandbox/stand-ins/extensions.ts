import type { StandInExtension } from './extension.js';
import { services } from './services.js';
import { vector } from './vector.js';

/** All extensions that can be stood in for. */
export const standInExtensions: readonly StandInExtension[] = [vector, ...services];
