/** A quotation longer than this is cut: a message is one line, whatever the input held. */
const MAX_QUOTED_CHARACTERS = 80;

/**
 * Quotes text of an input for an error message.
 *
 * @param text - any text
 * @returns the text in double quotes, on one line, cut where it is long
 */
export function quote(text: string): string {
  return text.length <= MAX_QUOTED_CHARACTERS
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, MAX_QUOTED_CHARACTERS))}... (${text.length} characters)`;
}
