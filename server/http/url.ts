/** The path of a request's URL, and what follows its first `?`: a query may hold further ones. */
export function cutUrl(url: string): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
