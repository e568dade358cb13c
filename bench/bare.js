// Node alone: what is taken off the cost of connect.js.
process.stdout.write('ready\n');
