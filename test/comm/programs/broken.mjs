import { nothing } from './no-such-module.mjs';

export default () => nothing;
