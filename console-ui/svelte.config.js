// No preprocessor is needed: Svelte 5 reads TypeScript types itself.
export default {};
