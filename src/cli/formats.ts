/** The ways to print a diagnosis, for people and for what runs checks. */
export const formats = ['text', 'json', 'github', 'junit', 'sarif'] as const;
export type Format = (typeof formats)[number];

/** The ways to print a report. */
export const reportFormats = ['md', 'html', 'json'] as const;
export type ReportFormat = (typeof reportFormats)[number];
