/** HTML that can't be broken by what is put into it. */

/** Text that is HTML already. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes; text is escaped, lists are put one after the other. */
export type Content = string | number | Markup | undefined | readonly Content[];

/** A template whose values are escaped, unless they are HTML themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const rendered = parts.map((part, index) =>
    index === 0 ? part : `${render(values[index - 1])}${part}`,
  );
  return new Markup(rendered.join(''));
}

function render(value: Content): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
