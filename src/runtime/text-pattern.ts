/** What a whole text must look like; `*` stands for any text, all else for itself. */
export function textPattern(text: string): RegExp {
  const parts = text.split(/\*+/).map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 'su');
}
