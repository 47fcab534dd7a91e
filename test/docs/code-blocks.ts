import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of code in a document. */
export interface CodeBlock {
  readonly file: string;
  /** Of its first line. */
  readonly line: number;
  readonly language: string;
  /** What stands behind the language. */
  readonly mark: string;
  /** Why it is not run, as in ```` ```sh not run: needs an image ````; `null` where it is. */
  readonly notRun: string | null;
  /** What it is an example of, as in ```` ```json of getReadiness ````; `null` where that is not said. */
  readonly of: string | null;
  readonly code: string;
}

/** What readers are told to do: the READMEs, the guides and that of the examples. */
export function guideFiles(): string[] {
  const guides = readdirSync('docs/guides').filter((name) => name.endsWith('.md'));
  return ['README.md', 'README.ko.md', 'examples/README.md', ...guides.map((name) => join('docs/guides', name))];
}

/** The blocks of a document that name their language. */
export function codeBlocksOf(file: string): CodeBlock[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^```(\w+)(?: ([^\n]*))?\n([\s\S]*?)^```$/gm)].map(
    ([all, language = '', mark = '', code = '']) => ({
      file,
      line: text.slice(0, text.indexOf(all)).split('\n').length + 1,
      language,
      notRun: /^not run: (.*)/.exec(mark)?.[1] ?? null,
      of: /^of (\w+)$/.exec(mark)?.[1] ?? null,
      mark,
      code,
    }),
  );
}
