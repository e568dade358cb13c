/** Said wherever something would be written, and nothing may be. */
export const readOnlyWords =
  'READ-ONLY: nothing can be written in this session. Plans can be made and looked at.';
