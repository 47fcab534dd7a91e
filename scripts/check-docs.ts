/** Fails on links between documents that lead nowhere, and when the two READMEs are not built alike. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { anchorsOf, headingsOf, localLinksOf } from './markdown.ts';

const REQUIRED = ['README.md', 'README.ko.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

const inDocs = existsSync('docs') ? readdirSync('docs', { recursive: true, encoding: 'utf8' }) : [];
const files = [...readdirSync('.'), ...inDocs.map((name) => join('docs', name))].filter((name) => name.endsWith('.md'));
const texts = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

// In the package readers have only what is published with it.
const published = (JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] }).files;
const isPublished = (file: string) => published.some((entry) => file === entry || file.startsWith(`${entry}/`));

const problems = [
  ...REQUIRED.filter((file) => !texts.has(file)).map((file) => `${file} is missing`),
  ...[...texts].flatMap(([file, text]) => localLinksOf(text).flatMap((link) => brokenLink(file, link))),
  ...unlikeReadmes(texts.get('README.md'), texts.get('README.ko.md')),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`documents: ${files.length} files, all links between them lead somewhere`);

function brokenLink(file: string, link: string): string[] {
  const [path = '', anchor] = decodeURI(link).split('#');
  const target = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), path));
  if (!existsSync(target)) return [`${file}: ${link} leads nowhere`];
  if (isPublished(file) && !isPublished(target)) {
    return [`${file} is in the npm package and links to ${target}, which is not; see "files" in package.json`];
  }
  if (!anchor || statSync(target).isDirectory() || !target.endsWith('.md')) return [];
  const text = texts.get(target) ?? readFileSync(target, 'utf8');
  return anchorsOf(text).has(anchor) ? [] : [`${file}: ${target} has no heading for #${anchor}`];
}

function unlikeReadmes(english: string | undefined, korean: string | undefined): string[] {
  if (english === undefined || korean === undefined) return [];
  const [ours, theirs] = [headingsOf(english).length, headingsOf(korean).length];
  return ours === theirs ? [] : [`README.md has ${ours} headings, README.ko.md ${theirs}: one of them is behind`];
}
