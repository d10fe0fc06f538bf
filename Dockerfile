# syntax=docker/dockerfile:1
# One image for every process: docker run … slipway api | worker | agent | up.

FROM node:20.20.2-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
COPY workflows ./workflows
COPY activities ./activities
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:20.20.2-slim
ENV NODE_ENV=production
WORKDIR /opt/slipway
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
# Read as SQL when a process starts.
COPY --from=build /build/src/store/migrations ./src/store/migrations
# The home of an agent: instances and what they were started from.
RUN install -d -o node -g node /var/lib/slipway
USER node
ENV SLIPWAY_HOME=/var/lib/slipway
VOLUME /var/lib/slipway
ENTRYPOINT ["node", "/opt/slipway/dist/src/cli/bin.js"]
CMD ["api"]
