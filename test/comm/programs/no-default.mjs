export const program = () => 'never called';
export const other = 1;
