Object.defineProperty(exports, '__esModule', { value: true });
exports.default = (comm) => `exports.default ${comm.rank} of ${comm.size}`;
