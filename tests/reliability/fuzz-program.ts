/** The program as bin/pgmedic.js starts it, from the sources. */
import { main } from '../../src/cli/main.js';

process.exitCode = await main(process.argv.slice(2));
