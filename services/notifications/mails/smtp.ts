/** Mails through an SMTP server (`smtp://` or `smtps://`, user and password in the URL). */
import { createTransport } from 'nodemailer';
import type { Mail, Post } from './port.ts';

export interface SmtpOptions {
  readonly url: string;
  /** `Shop <orders@shop.example>` */
  readonly from: string;
}

export interface SmtpPost {
  readonly post: Post;
  close(): void;
}

const timeoutMs = 15_000;

export function createSmtpPost({ url, from }: SmtpOptions): SmtpPost {
  const transport = createTransport(
    { url, pool: true, maxConnections: 2, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
    { from },
  );
  return {
    async post(mail) {
      await transport.sendMail({
        to: mail.recipient,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        messageId: messageIdOf(mail, from),
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    },
    close: () => transport.close(),
  };
}

/** M2. */
export function messageIdOf({ storeId, eventId }: Mail, from: string): string {
  const host = /@([^>\s]+)/.exec(from)?.[1] ?? 'localhost';
  return `<${`${storeId}.${eventId}`.replaceAll(/[^A-Za-z0-9._-]/g, '-')}@${host}>`;
}
