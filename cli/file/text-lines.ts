/** Lines of a text that comes in pieces of any size. */

/** Without their line feeds. A line may be cut behind `longest` characters, so that a text without any fits the memory. */
export async function* textLines(
  pieces: AsyncIterable<Uint8Array>,
  longest = Number.POSITIVE_INFINITY,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = (lines.pop() ?? '').slice(0, longest);
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
