// Prints what the official parser has to say about the AsyncAPI documents named on the command line,
// as JSON, a report for each of them:
// [{"channels": [...], "operations": [...], "diagnostics": [{severity, code, message, path}]}].
import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';

const reports = [];
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf-8'));
  reports.push({
    channels: document?.allChannels().all().map((channel) => channel.address()) ?? [],
    operations: document?.allOperations().all().map((operation) => operation.id()) ?? [],
    diagnostics: diagnostics.map(({ severity, code, message, path }) => ({
      severity,
      code,
      message,
      path: path.join('.'),
    })),
  });
}
process.stdout.write(JSON.stringify(reports));
