import type { Diagnosis } from '../diagnosis.js';
import { placeOf } from './place.js';

const levels = { error: 'error', warning: 'warning', info: 'notice' } as const;

/**
 * Findings as GitHub's workflow commands, one a line: they become annotations of the run, and of the
 * file in a pull request. Escaped as actions/toolkit does (packages/core/src/command.ts).
 */
export function githubLines({ facts, findings }: Diagnosis, base: string): readonly string[] {
  return findings.map((finding) => {
    const place = placeOf(finding, facts.folder, base);
    const properties = [
      ...(place === null ? [] : [`file=${property(place.path)}`]),
      ...(place?.line == null ? [] : [`line=${place.line}`]),
      `title=${property(`pgmedic: ${finding.code}`)}`,
    ];
    const treated = finding.playbooks.length > 0 ? [`Playbook: ${finding.playbooks[0]}`] : [];
    const message = [finding.title, ...finding.evidence, ...treated].join('\n');
    return `::${levels[finding.severity]} ${properties.join(',')}::${data(message)}`;
  });
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
