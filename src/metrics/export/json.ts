import { type HistoryTable, inPieces } from './history-table.ts';

/**
 * History as one JSON document: `{ workspace: { id, name }, at: [epoch ms], columns: [{ metric, statistic, values }] }`, `null`
 * where nothing was observed.
 */
export function* jsonOf({ workspace, at, columns }: HistoryTable): Generator<string, void, undefined> {
  yield `{"workspace":${JSON.stringify({ id: workspace.id, name: workspace.name })},"at":[`;
  yield* numbers(at);
  yield '],"columns":[';
  for (const [index, { metric, statistic, values }] of columns.entries()) {
    yield `${index === 0 ? '' : ','}{"metric":"${metric}","statistic":"${statistic}","values":[`;
    yield* numbers(values);
    yield ']}';
  }
  yield ']}\n';
}

function numbers(values: Float64Array): Iterable<string> {
  return inPieces(values.length, (row) => `${row === 0 ? '' : ','}${JSON.stringify(values[row])}`);
}
