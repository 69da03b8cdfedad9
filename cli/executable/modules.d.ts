declare module '*.sql' {
  const text: string;
  export default text;
}

declare module 'muntra:tracker' {
  const script: string;
  export default script;
}

declare module 'muntra:openapi' {
  const json: string;
  export default json;
}
