// The yardstick: the smallest Ink program there is.
import { render, Text } from 'ink';
import { createElement } from 'react';

render(createElement(Text, null, 'hello'));
