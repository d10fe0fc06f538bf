import { parser } from '@prometheus-io/lezer-promql';

/** A label that a query names, and the metrics that have to have it. */
interface UsedLabel {
  label: string;
  metrics: string[];
  /** Where the query asks for exactly this value. */
  value?: string;
}

/** What a query of Prometheus uses. */
export interface Query {
  metrics: string[];
  labels: UsedLabel[];
  /** Labels by which it is grouped at any level. */
  grouping: string[];
}

type Node = ReturnType<typeof parser.parse>['topNode'];

/** Reads a query; variables of Grafana stand for any text. Throws where Prometheus would refuse it. */
export function readQuery(text: string): Query {
  const query = text.replaceAll(/\[\$__\w+\]/g, '[5m]').replaceAll(/\$\w+/g, 'x');
  const found: Query = { metrics: [], labels: [], grouping: [] };
  const at = ({ from, to }: Node) => query.slice(from, to);
  const selectorsIn = (node: Node) =>
    all(node, 'VectorSelector')
      .flatMap((selector) => selector.getChild('Identifier') ?? [])
      .map(at);
  parser.parse(query).iterate({
    enter: ({ node, type }) => {
      if (type.isError) throw new Error(`cannot be read at ${node.from}: ${text}`);
      if (node.name === 'VectorSelector') found.metrics.push(...selectorsIn(node));
      if (node.name === 'UnquotedLabelMatcher') found.labels.push(matcher(node, at));
      if (node.name === 'GroupingLabels') {
        const metrics = selectorsIn(enclosing(node));
        const labels = all(node, 'LabelName').map(at);
        found.grouping.push(...labels);
        found.labels.push(...labels.map((label) => ({ label, metrics })));
      }
    },
  });
  return found;
}

function matcher(node: Node, at: (node: Node) => string): UsedLabel {
  const [label = '', operator = '', value = ''] = ['LabelName', 'MatchOp', 'StringLiteral'].map((name) => {
    const child = node.getChild(name);
    return child ? at(child) : '';
  });
  const selector = ancestor(node, 'VectorSelector');
  const metric = selector.getChild('Identifier');
  const exact = operator === '=' ? { value: value.slice(1, -1) } : {};
  return { label, metrics: metric ? [at(metric)] : [], ...exact };
}

/** What is grouped: the aggregation, or both sides of an operator. */
function enclosing(node: Node): Node {
  for (let up = node.parent; up; up = up.parent)
    if (up.name === 'AggregateExpr' || up.name === 'BinaryExpr') return up;
  throw new Error(`${node.name} groups nothing`);
}

function ancestor(node: Node, name: string): Node {
  for (let up = node.parent; up; up = up.parent) if (up.name === name) return up;
  throw new Error(`${node.name} is in no ${name}`);
}

function all(node: Node, name: string): Node[] {
  const found: Node[] = [];
  node.cursor().iterate((ref) => {
    if (ref.name === name) found.push(ref.node);
  });
  return found;
}
