module.exports = 'not a function';
