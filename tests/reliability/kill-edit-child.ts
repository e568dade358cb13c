/** Edits one file, under whatever limit it was started with; prints the outcome. */
import { writeFileStep, type FileEdit } from '../../src/files/edit.js';

const edit = JSON.parse(process.argv[2] ?? '') as FileEdit;
process.stdout.write(JSON.stringify(await writeFileStep(edit)));
