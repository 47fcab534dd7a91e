import type { TLocalizedValidationError } from 'typebox/error';

/** What is wrong with the arguments of a tool, in one sentence for the model that gave them. */
export function argumentDetail([finding]: readonly TLocalizedValidationError[]): string {
  if (finding === undefined) return 'the arguments do not fit';
  const { keyword, instancePath, message, params } = finding;
  const name = instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'required') return `the argument ${params.requiredProperties.join(', ')} is missing`;
  if (keyword === 'boolean') return `there is no argument ${name}`;
  const subject = name === '' ? 'the arguments' : `argument ${name}`;
  if (keyword === 'enum') return `${subject}: must be one of ${params.allowedValues.join(', ')}`;
  return `${subject}: ${message}`;
}
