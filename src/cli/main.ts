#!/usr/bin/env node
/** The command `bt-shm`. */
import { execute } from './execute.js';
import { tolerateClosedOutput } from './output.js';

tolerateClosedOutput();
// By `exitCode` and not by `process.exit`: a pipe takes a long result piece by piece.
void execute(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
