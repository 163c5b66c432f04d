/** Which form is open over the actions of an alert. */
export type Sheet = 'ack' | 'shelve' | 'assign' | 'comment' | null;
