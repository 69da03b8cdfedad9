/** Tokens for other people and programs. */

/** `GET /api/tokens` */
export interface ApiToken {
  name: string;
  /** `read`: only GET. */
  access: 'read' | 'admin';
  /** null: all, and the server itself. */
  sites: string[] | null;
  created: number;
  /** UTC day, null: never. */
  lastUsed: string | null;
}

/** `POST /api/tokens` */
export type NewToken = Pick<ApiToken, 'name' | 'access' | 'sites'>;

/** The answer to `POST /api/tokens`; nobody can read the token again. */
export interface CreatedToken extends ApiToken {
  token: string;
}

/** `DELETE /api/tokens/:name` */
export interface RevokedAnswer {
  revoked: string;
}
