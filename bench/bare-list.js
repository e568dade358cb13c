// The yardstick of a key: a list of as many rows as argv says, of which Ink draws those in sight.
import { Box, render, Text, useInput } from 'ink';
import { createElement as h, useState } from 'react';

const length = Number(process.argv[2]);
const seen = Number(process.argv[3]);

function List() {
  const [cursor, setCursor] = useState(0);
  useInput((_, key) => {
    if (key.home) return setCursor(0);
    const by = Number(key.downArrow) - Number(key.upArrow);
    setCursor((at) => Math.max(0, Math.min(length - 1, at + by)));
  });
  const first = Math.max(0, Math.min(cursor - Math.floor(seen / 2), length - seen));
  const rows = Array.from({ length: Math.min(seen, length) }, (_, row) => {
    const at = first + row;
    const name = `${String(at).padStart(5, '0')}_migration`;
    return h(Text, { key: row }, `${at === cursor ? '▸' : ' '}  ${name.padEnd(60)} applied`);
  });
  return h(Box, { flexDirection: 'column' }, ...rows, h(Text, { key: 'at' }, ` row ${cursor}`));
}

render(h(List));
