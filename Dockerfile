# The services mode as an image: Node, the bundle and the launcher, nothing else. PostgreSQL and Redis are their own
# containers (docker-compose.yml). The Node version is the one that package.json pins; a test compares them.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`: it refuses a lock file made where a registry had no package for some other platform.
RUN npm install --no-save --no-audit --no-fund
COPY cli cli
COPY schema schema
COPY server server
COPY tracker tracker
RUN node cli/executable/bundle.ts

FROM node:24.21.0-bookworm-slim
WORKDIR /opt/muntra
COPY LICENSE ./
COPY cli/executable/muntra cli/executable/muntra
COPY --from=build /src/dist dist
# The table of countries; all other packages are in the bundle.
COPY --from=build /src/node_modules/@ip-location-db node_modules/@ip-location-db
# The launcher carries the memory settings and looks for Node where a checkout has it.
RUN mkdir -p node_modules/.bin \
 && ln -s /usr/local/bin/node node_modules/.bin/node \
 && ln -s /opt/muntra/cli/executable/muntra /usr/local/bin/muntra \
 && install -d -o node -g node -m 0700 /var/lib/muntra
ENV NODE_ENV=production MUNTRA_COMMAND=muntra MUNTRA_DATA_DIR=/var/lib/muntra MUNTRA_HTTP_ADDR=:8090
# The spool, where events wait while Redis is away: the only place that is written.
VOLUME /var/lib/muntra
USER node
EXPOSE 8090
ENTRYPOINT ["muntra"]
CMD ["start"]
