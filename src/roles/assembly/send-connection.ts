import { send } from '../../comm/assembly/transport';
import { Tag } from '../tags';
import { Upload } from './upload';

/** The sendConnection role: answers with this client's upload count. */
@unmanaged
export class SendConnection {
  private rank: i32;
  private upload: Upload;

  open(rank: i32, upload: Upload): void {
    this.rank = rank;
    this.upload = upload;
  }

  /** `source` asks how busy this client is; `order` is given back with the answer. */
  onLoadRequest(source: i32, order: i32): void {
    send(Tag.LoadAnswer, this.rank, source, order, this.upload.uploads);
  }
}
