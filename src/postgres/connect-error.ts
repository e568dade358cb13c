import { UserError, messageOf } from '../core/errors.js';
import { redactText } from '../core/redact.js';
import type { UrlParts } from './url.js';

/** Says what went wrong while connecting and what to do; never with the password in it. */
export function explainConnectError(error: unknown, parts: UrlParts): UserError {
  if (error instanceof UserError) return error;
  const code = (error as { code?: string }).code ?? '';
  const where = parts.host.startsWith('/')
    ? `${parts.host}, port ${parts.port}`
    : `${parts.host}:${parts.port}`;
  const message = redactText(messageOf(error)).replace(/\.$/, '');
  const say = (text: string, ...next: string[]): UserError =>
    new UserError(text, next, { cause: error });
  // Poolers answer with their own codes: for them the text decides.
  if (code === '53300' || /no more connections|too many clients/i.test(message)) {
    return say(
      `${where} has no connection left: ${message}.`,
      'Close other sessions, or use a role with reserved connections.',
    );
  }
  if (code === '3D000' || /no such database/i.test(message)) {
    return say(
      `There is no database ${parts.database} at ${where}.`,
      'Check the database name at the end of the URL.',
    );
  }
  if (/unsupported startup parameter/i.test(message)) {
    return say(
      `The pooler at ${where} refuses the connection: ${message}.`,
      'Take that parameter out of the database URL, or name a direct connection with --database-url.',
    );
  }
  return (
    explainTls(code, message, where, say) ??
    explainLogin(code, message, where, parts, say) ??
    explainNetwork(code, message, where, parts, say) ??
    say(
      `Cannot connect to ${parts.database} at ${where}: ${message}.`,
      'Check the database URL, and the log of the server.',
    )
  );
}

type Say = (text: string, ...next: string[]) => UserError;

function explainTls(code: string, message: string, where: string, say: Say): UserError | null {
  if (/does not support SSL/i.test(message)) {
    return say(
      `${where} does not offer encrypted connections, and the database URL asks for one.`,
      'Where the network is trusted, set sslmode=prefer or sslmode=disable in the URL.',
    );
  }
  if (code === '28000' && /no encryption|SSL off/i.test(message)) {
    return say(
      `${where} accepts encrypted connections only: ${message}.`,
      'Set sslmode=require in the database URL.',
    );
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code)) {
    return say(
      `The certificate of ${where} is not accepted: ${message}.`,
      "Name the server's certificate authority with sslrootcert=PATH in the database URL.",
      'sslmode=require encrypts without checking the certificate.',
    );
  }
  return null;
}

function explainLogin(
  code: string,
  message: string,
  where: string,
  parts: UrlParts,
  say: Say,
): UserError | null {
  if (/password must be a|no password|fe_sendauth/i.test(message)) {
    return say(
      `${where} asks ${parts.user} for a password and none was given.`,
      'Put the password into the database URL or PGPASSWORD.',
    );
  }
  if (code !== '28P01' && code !== '28000') return null;
  return say(
    `${where} refuses the user ${parts.user}: ${message}.`,
    'Check user and password in the database URL, and pg_hba.conf on the server.',
  );
}

function explainNetwork(
  code: string,
  message: string,
  where: string,
  parts: UrlParts,
  say: Say,
): UserError | null {
  if (code === 'ECONNREFUSED') {
    return say(
      `No server answers at ${where}.`,
      'Check host and port, and that PostgreSQL is running and reachable from here.',
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return say(
      `The host name ${parts.host} cannot be resolved.`,
      'Check the host in the database URL, and VPN or DNS.',
    );
  }
  if (code === 'ENOENT' || code === 'EACCES') {
    return say(
      `There is no server socket at ${where} that may be used.`,
      'Check the socket folder and the port in the database URL.',
    );
  }
  if (code === '57P03') {
    return say(`${where} is starting up or shutting down.`, 'Wait a moment and try again.');
  }
  if (/timeout|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i.test(`${code} ${message}`)) {
    return say(
      `${where} did not answer within 10 seconds.`,
      'Check host and port, firewall and VPN.',
    );
  }
  if (
    code === 'ECONNRESET' ||
    /terminated unexpectedly|establishing an SSL|invalid response|received invalid|unknown message/i.test(
      message,
    )
  ) {
    return say(
      `What answers at ${where} broke off the connection: ${message}.`,
      'Check that PostgreSQL listens on that port, and the log of the server.',
    );
  }
  return null;
}
