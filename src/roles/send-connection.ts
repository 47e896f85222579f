import { type Port, Tag } from './protocol.js';

/** The sendConnection role: answers with this client's upload count. */
export class SendConnection {
  constructor(
    private readonly rank: number,
    private readonly upload: { readonly uploads: number },
    private readonly port: Port,
  ) {}

  /** `source` asks how busy this client is. */
  onLoadRequest(source: number, ticket: number): void {
    this.port.send(Tag.LoadAnswer, this.rank, source, ticket, this.upload.uploads, 0, 0, 0);
  }
}
