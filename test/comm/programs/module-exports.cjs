module.exports = (comm) => `module.exports ${comm.rank} of ${comm.size}`;
