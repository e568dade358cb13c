import type { Diagnosis } from '../diagnosis.js';
import type { FindingCode } from '../finding.js';
import { preventionFor } from '../report/prevention.js';
import { placeOf } from './place.js';

const levels = { error: 'error', warning: 'warning', info: 'note' } as const;

/** A diagnosis as SARIF 2.1.0 (OASIS), as code scanning services take it. */
export function sarif({ facts, findings }: Diagnosis, base: string, version: string): unknown {
  const codes = [...new Set(findings.map(({ code }) => code))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'pgmedic', version, rules: codes.map(ruleOf) } },
        results: findings.map((finding) => {
          const { code, severity, title, evidence, migrations } = finding;
          const place = placeOf(finding, facts.folder, base);
          return {
            ruleId: code,
            ruleIndex: codes.indexOf(code),
            level: levels[severity],
            message: { text: [title, ...evidence].join('\n') },
            // A result without a file is not shown by GitHub: the folder stands for the rest.
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: uriOf(place?.path ?? `${base}${facts.folder.path}`) },
                  ...(place?.line == null ? {} : { region: { startLine: place.line } }),
                },
              },
            ],
            partialFingerprints: { finding: [code, ...migrations].join(' ') },
          };
        }),
      },
    ],
  };
}

function ruleOf(code: FindingCode): unknown {
  const [help] = preventionFor([code]);
  return {
    id: code,
    shortDescription: { text: code.replaceAll('-', ' ') },
    ...(help === undefined ? {} : { help: { text: help } }),
  };
}

function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
