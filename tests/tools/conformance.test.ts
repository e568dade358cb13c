import { describe } from 'vitest';
import { conforms } from './conformance.js';
import { drizzle } from './subjects/drizzle.js';
import { handRolled } from './subjects/hand-rolled.js';
import { payload } from './subjects/payload.js';

// The other tools play it in the file of their own peculiarities.
describe.each([drizzle, handRolled, payload])('$name', (subject) => conforms(subject));
