/** Tokens for other people and programs. */

/** `GET /api/tokens` */
export interface ApiToken {
  name: string;
  /** `read`: reports and settings of its sites; `admin`: changes of these, too. */
  access: 'read' | 'admin';
  /** null: all; what is about the server itself takes `admin` besides. */
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
