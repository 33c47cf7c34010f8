// Prints what the official parser has to say about the AsyncAPI document named on the command line,
// as JSON: {"channels": [...], "operations": [...], "diagnostics": [{severity, code, message, path}]}.
import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';

const text = readFileSync(process.argv[2], 'utf-8');
const { document, diagnostics } = await new Parser().parse(text);
const report = {
  channels: document?.allChannels().all().map((channel) => channel.address()) ?? [],
  operations: document?.allOperations().all().map((operation) => operation.id()) ?? [],
  diagnostics: diagnostics.map(({ severity, code, message, path }) => ({
    severity,
    code,
    message,
    path: path.join('.'),
  })),
};
process.stdout.write(JSON.stringify(report));
