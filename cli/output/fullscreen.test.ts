import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { openFullscreen } from './fullscreen.ts';

it('draws as many lines as there are rows, over the last picture, and gives the screen back', () => {
  const chunks: string[] = [];
  const stdout = Object.assign(new Writable({ write: (chunk, _, done) => done(void chunks.push(String(chunk))) }), {
    rows: 3,
  });
  const terminal = { columns: 80, color: false, unicode: true };
  const screen = openFullscreen({ stdout, aroundStop: () => () => {} });
  screen.draw(
    ['first', 'sec\x1bond', 'third'].map(text => [{ text }]),
    terminal,
  );
  screen.close();
  const [enter = '', picture, leave = ''] = chunks;
  expect(enter).toContain('\x1b[?1049h');
  expect(picture).toBe('\x1b[H\x1b[Kfirst\n\x1b[Ksec\\x1bond\n\x1b[K\x1b[J');
  expect(leave).toContain('\x1b[?1049l');
});
