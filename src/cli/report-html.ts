import { Marked } from 'marked';

const style = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
pre { background: #f4f4f4; padding: .75rem; overflow-x: auto }
code { font-family: ui-monospace, monospace; font-size: .9em }
table { border-collapse: collapse } td { border: 1px solid #bbb; padding: .25rem .75rem }`;

/** A report as one HTML file without scripts, pictures or links to elsewhere. */
export async function reportHtml(title: string, markdown: string): Promise<string> {
  const marked = new Marked({
    renderer: {
      // The report quotes what files and servers hold: markup there is text here.
      html: ({ text }) => escaped(text),
      link: ({ text }) => escaped(text),
      image: ({ text }) => escaped(text),
    },
  });
  const body = await marked.parse(markdown);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
${style}
</style>
</head>
<body>
${body}</body>
</html>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
