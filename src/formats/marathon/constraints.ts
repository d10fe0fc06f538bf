const OPERATORS = ['UNIQUE', 'CLUSTER', 'GROUP_BY', 'LIKE', 'UNLIKE', 'MAX_PER', 'IS'];

/** What is wrong with `[field, operator, value?]` (Marathon 1.11, Constraints). */
export function constraintErrors(constraint: string[]): string[] {
  const [field, operator = '', value] = constraint;
  if (constraint.length < 2 || constraint.length > 3 || !field) {
    return ['must be a field, an operator and, where the operator takes one, a value'];
  }
  if (!OPERATORS.includes(operator)) return [`operator is not one of (${OPERATORS.join(', ')})`];
  return valueErrors(operator, value);
}

function valueErrors(operator: string, value: string | undefined): string[] {
  switch (operator) {
    case 'UNIQUE':
      return value === undefined ? [] : ['UNIQUE takes no value'];
    case 'LIKE':
    case 'UNLIKE':
      return value !== undefined && isRegExp(value) ? [] : ['A regular expression value must be provided'];
    case 'MAX_PER':
      return value !== undefined && /^\d+$/.test(value) ? [] : ['An integer value must be provided'];
    case 'GROUP_BY':
      return value === undefined || /^\d+$/.test(value) ? [] : ['Value was specified but is not a number'];
    case 'IS':
      return value ? [] : ['A value must be provided'];
    default:
      return [];
  }
}

function isRegExp(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
